import { gate, readSession } from "../../../sessions";

/** A page that takes its time: until the test lets it go. */
export default async function Page() {
  const visits = (await readSession()).get("visits", 0);
  await gate.arrive();
  return <p>{visits}</p>;
}
