import type { Ledger } from '#lib/api/types.ts';

declare global {
  namespace App {
    interface Error {
      message: string;
      /** The stable code of a problem, `network` where no answer came. */
      code?: string;
      request_id?: string;
      /** Seconds after which to try again, where the server named them. */
      retry_after?: number;
    }

    interface PageData {
      /** All ledgers of the user, in the order of the switcher. */
      ledgers?: Ledger[];
      /** The one that the page is about. */
      ledger?: Ledger;
    }
  }
}

export {};
