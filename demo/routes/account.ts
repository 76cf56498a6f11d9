import { Router } from "express";
import { field } from "../field.ts";
import { sessions } from "../sessions.ts";

const fortnight = 14 * 24 * 3600;

export const accountRoutes = Router();

/** Any name will do. A real shop asks for a password here; what follows is the same. */
accountRoutes.post("/login", async (request, response) => {
  const name = field(request, "name").trim().slice(0, 40);
  if (name !== "") {
    const session = await sessions.get(request);
    // Somebody else's cart is nobody's business; one's own, filled before logging in, stays.
    if (session.userId !== undefined && session.userId !== name) await session.flush();
    session.userId = name;
    // Whoever knew the token before the log-in must not be logged in by it.
    session.cycleKey();
  }
  response.redirect(303, "/#account");
});

accountRoutes.post("/logout", async (request, response) => {
  const session = await sessions.get(request);
  await session.flush();
  response.redirect(303, "/logged-out");
});

accountRoutes.post("/remember", async (request, response) => {
  const session = await sessions.get(request);
  switch (field(request, "expiry")) {
    case "weeks":
      session.setExpiry(fortnight);
      break;
    case "browser":
      session.setExpiry(0);
      break;
    case "seconds":
      session.setExpiry(30);
      break;
  }
  response.redirect(303, "/#account");
});
