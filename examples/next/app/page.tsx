import { readSession } from "../sessions";
import { addCoat } from "./actions";

export default async function Page() {
  const session = await readSession(); // typed; loaded once a request; a write does not compile
  const coats = session.get("cart", []).length;
  return (
    <main>
      <p>{`Visit ${session.get("visits", 0)}, in the ${session.get("theme", "light")} theme`}</p>
      <form action={addCoat}>
        <button name="sku" value="coat">{`${coats} in your cart: add a coat`}</button>
      </form>
    </main>
  );
}
