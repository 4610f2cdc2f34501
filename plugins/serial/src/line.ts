/** What a port is connected to. */
export interface Line {
  /** Sends what the driver has written; `sent` is called when the line has taken all of it, and could take more. */
  send(data: Uint8Array, sent: () => void): void;
  /** Who takes what comes back. Called once. */
  onData(receive: (data: Uint8Array) => void): void;
  /** For people: where it leads. */
  readonly description: string;
  close(): void;
}

/** Everything comes back. */
export class EchoLine implements Line {
  readonly description = 'an echo';
  #receive: (data: Uint8Array) => void = () => {};

  send(data: Uint8Array, sent: () => void): void {
    this.#receive(data);
    sent();
  }

  onData(receive: (data: Uint8Array) => void): void {
    this.#receive = receive;
  }

  close(): void {
    this.#receive = () => {};
  }
}
