import { coatcheck } from "coatcheck/sveltekit";
import sessions from "./sessions.ts";

export const handle = coatcheck(sessions);
