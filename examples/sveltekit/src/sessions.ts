import { createSessions } from "coatcheck";

export interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

export default createSessions<Data>(); // SQLite in .coatcheck/sessions.sqlite
