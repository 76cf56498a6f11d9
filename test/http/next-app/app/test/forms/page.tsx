import { readSession } from "../../../sessions";
import * as actions from "./actions";
import { StateForm } from "./client";

export default async function Page() {
  const [session, again] = await Promise.all([readSession(), readSession()]);
  const seen = {
    visits: session.get("visits", 0),
    theme: session.get("theme", "light"),
    cart: session.get("cart", []),
    user: session.userId ?? "nobody",
    same: session === again,
  };
  return (
    <main>
      <pre>{JSON.stringify(seen)}</pre>
      <Child />
      <StateForm />
      <form action={actions.bound.bind(null, "umbrella")} id="bound">
        <input name="quantity" defaultValue="3" />
      </form>
      {Object.entries(actions).map(([name, run]) => (
        <form action={run as () => void} id={name} key={name} />
      ))}
    </main>
  );
}

async function Child() {
  return <p>{(await readSession()).size}</p>;
}
