export { fakeClock, START } from "./testing/fake-clock.ts";
export type { FakeClock, Span } from "./testing/fake-clock.ts";
export {
  answersLate,
  barrier,
  fails,
  faultyStore,
  losesReply,
  neverAnswers,
  operationLog,
  startsLate,
} from "./testing/faulty-store.ts";
export type { Barrier, Intercept, OperationLog, StoreCall, StoreVerb } from "./testing/faulty-store.ts";
export { interleavingSuite } from "./testing/interleavings.ts";
export type { InterleavingOptions } from "./testing/interleavings.ts";
export { runStoreCase, storeCases, storeSuite } from "./testing/store-suite.ts";
export type { MakeStore, StoreSuiteOptions, SuiteRunner } from "./testing/store-suite.ts";
export { caseContext } from "./testing/store-suite/case.ts";
export type { StoreCase, StoreCaseContext, StorePower } from "./testing/store-suite/case.ts";
export { createTestSession, openTestSession } from "./testing/test-session.ts";
export type { BrowserCookie, TestResponse, TestSession, TestSessionOptions } from "./testing/test-session.ts";
export { testStore } from "./testing/test-store.ts";
export type { TestStore } from "./testing/test-store.ts";
