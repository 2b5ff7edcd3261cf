declare global {
  namespace App {
    interface Error {
      message: string;
      /** The stable code of a problem, `network` where no answer came. */
      code?: string;
      request_id?: string;
    }
  }
}

export {};
