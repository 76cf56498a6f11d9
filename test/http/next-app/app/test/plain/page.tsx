/** A page that asks for no session, and is rendered when the app is built. */
export default function Page() {
  return <p>plain</p>;
}
