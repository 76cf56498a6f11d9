export interface SessionTable {
  id: string;
  secret_hash: string;
  revision: string;
  user_id: string | null;
  created_at: number;
  renewed_at: number;
  expires_at: number;
  /**
   * `dayOf(expires_at)`. Indexed in its place, so that the key of that index changes once a day and not on each touch.
   */
  expires_day: number;
  payload: string;
}

export interface Schema {
  coatcheck_session: SessionTable;
}

const DAY = 86_400_000;

/** Rounded up, so that what has expired by an instant is never on a later day than that instant. */
export function dayOf(instant: number): number {
  return Math.ceil(instant / DAY);
}
