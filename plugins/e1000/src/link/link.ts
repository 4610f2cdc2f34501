/** The other end of the card's cable. */
export interface Link {
  /** Sends a frame, without its FCS. It is not used after the call. */
  send(frame: Uint8Array): void;
  /** Who takes what comes, and hears when the cable is plugged (`true`) or pulled. Called once. */
  attach(receive: (frame: Uint8Array) => void, changed: (up: boolean) => void): void;
  close(): void;
}

/** A partner that is up and never says anything. */
export class SilentLink implements Link {
  send(): void {}

  attach(_receive: (frame: Uint8Array) => void, changed: (up: boolean) => void): void {
    changed(true);
  }

  close(): void {}
}
