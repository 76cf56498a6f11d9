import { coatcheck } from "coatcheck/nest";
import { createSessions, type Session } from "coatcheck";
import { Body, Controller, createParamDecorator, Get, Module, Post, Redirect, UseGuards } from "@nestjs/common";
import { UnauthorizedException } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";

interface Data {
  visits: number;
  cart: { sku: string; quantity: number }[];
  theme: "light" | "dark";
}

const sessions = createSessions<Data>(); // SQLite in .coatcheck/sessions.sqlite
const CurrentSession = createParamDecorator(coatcheck.current(sessions));
const signedIn = coatcheck.signedIn(sessions, UnauthorizedException);

@Controller()
class Shop {
  @Get()
  home(@CurrentSession() session: Session<Data>): string {
    const visits = session.update("visits", (n = 0) => n + 1); // exact, however many requests run at once
    return `Visit ${visits}, in the ${session.get("theme", "light")} theme`;
  }

  @Post("cart")
  @Redirect("/")
  addToCart(@CurrentSession() session: Session<Data>, @Body("sku") sku: string): void {
    session.update("cart", (cart = []) => [...cart, { sku, quantity: 1 }]);
    session.data.theme = "dark"; // a plain typed object too; nested changes are noticed
  } // the answer leaves when the store has acknowledged

  @Post("login")
  @Redirect("/")
  login(@CurrentSession() session: Session<Data>, @Body("name") name: string): void {
    session.userId = name; // after you have checked the password
    session.cycleKey(); // new token, same session; the old token is dead
  }

  @Post("logout")
  @UseGuards(signedIn) // 401 for whoever is not
  @Redirect("/")
  async logout(@CurrentSession() session: Session<Data>): Promise<void> {
    await session.flush(); // record deleted, cookie removed
  }
}

@Module({ imports: [coatcheck(sessions)], controllers: [Shop] })
class App {}

const platform = process.env["PLATFORM"] === "fastify" ? new FastifyAdapter() : new ExpressAdapter();
const app = await NestFactory.create(App, platform);
const port = Number(process.env["PORT"] ?? 3000);
await app.listen(port, "127.0.0.1");
console.log(`http://localhost:${port}`);
