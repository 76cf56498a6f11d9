/** What came of a handler: its response, or what it threw instead. */
export interface Outcome {
  readonly response?: Response;
  readonly error?: unknown;
}

export async function outcomeOf(handler: () => Response | Promise<Response>): Promise<Outcome> {
  try {
    const response = (await handler()) as Response | undefined;
    if (response === undefined) throw new TypeError("expected a Response to be returned; found undefined.");
    return { response };
  } catch (error) {
    return { error };
  }
}

/** As it was: returned, or thrown. */
export function passOn({ response, error }: Outcome): Response {
  if (response === undefined) throw error;
  return response;
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
  const { response, error } = await outcomeOf(onError);
  return response ?? plainly(error);
}
