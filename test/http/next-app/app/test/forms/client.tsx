"use client";

import { useActionState } from "react";
import { withState } from "./actions";

export function StateForm() {
  const [said, submit] = useActionState(withState, "first");
  return (
    <form action={submit} id="state">
      <input name="word" defaultValue="second" />
      <output>{said}</output>
    </form>
  );
}
