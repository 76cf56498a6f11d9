import { Suspense } from "react";
import Slow from "../slow/page";

/** The same page, whose beginning does not wait for it. */
export default function Page() {
  return (
    <Suspense fallback={<p>wait</p>}>
      <Slow />
    </Suspense>
  );
}
