import { proxy, sessions } from "./sessions";

// Renews sessions, which server components cannot. What a visit counts is written here too, before the page is rendered.
export default proxy(async (request) => {
  if (request.method === "GET" && new URL(request.url).pathname === "/") {
    (await sessions.get(request)).update("visits", (n = 0) => n + 1);
  }
});

// Not for the files of a page, and not for what is fetched in advance.
export const config = {
  matcher: [
    {
      source: "/((?!_next/|favicon.ico).*)",
      missing: [
        { type: "header", key: "next-router-prefetch" },
        { type: "header", key: "purpose", value: "prefetch" },
      ],
    },
  ],
};
