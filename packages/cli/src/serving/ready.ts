/** What `fractal up --json` prints on one line once it answers (DESIGN section 13). */
export interface Ready {
  readonly url: string;
  readonly admin_token_file: string;
  readonly api_key_file: string;
  readonly vkey_file: string;
  /** The public folder of the log. */
  readonly log_dir: string;
  /** Submission prefix of this server as a witness, and the file with its verifier key; absent where it cosigns no log. */
  readonly witness_url?: string;
  readonly witness_vkey_file?: string;
}
