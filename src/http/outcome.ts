/** What came of a handler: its response, or what it threw instead. */
export interface Outcome {
  readonly response?: Response;
  readonly error?: unknown;
}

export async function outcomeOf(handler: () => Response | Promise<Response>): Promise<Outcome> {
  try {
    return { response: await handler() };
  } catch (error) {
    return { error };
  }
}

/** As it was: returned, or thrown. */
export function passOn({ response, error }: Outcome): Response {
  if (response === undefined) throw error;
  return response;
}
