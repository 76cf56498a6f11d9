/** What came of a handler: its response, for an action whatever it answers with; or what it threw instead. */
export type Outcome<Answer = Response> =
  | { readonly response: Answer; readonly error?: never }
  | { readonly response?: never; readonly error: unknown };

export async function outcomeOf<Answer>(handler: () => Answer | Promise<Answer>): Promise<Outcome<Answer>> {
  try {
    return { response: await handler() };
  } catch (error) {
    return { error };
  }
}

/** The same of what has to answer: to return nothing is a failure too. */
export function responseOf(handler: () => Response | Promise<Response>): Promise<Outcome> {
  return outcomeOf(async () => {
    const response = (await handler()) as Response | undefined;
    if (response === undefined) throw new TypeError("expected a Response to be returned; found undefined.");
    return response;
  });
}

/** As it was: returned, or thrown. */
export function passOn<Answer>(outcome: Outcome<Answer>): Answer {
  if ("response" in outcome) return outcome.response;
  throw outcome.error;
}

/**
 * What `onError` answers. Should it throw, there is an answer all the same: a key that was cycled has to reach the visitor.
 *
 * @param plainly Answers what it threw.
 */
export async function answerBy(
  onError: () => Response | Promise<Response>,
  plainly: (error: unknown) => Response,
): Promise<Response> {
  const { response, error } = await responseOf(onError);
  return response ?? plainly(error);
}
