/** What `fractal up --json` prints on one line once it answers (DESIGN section 13). */
export interface Ready {
  readonly url: string;
  readonly admin_token_file: string;
  readonly api_key_file: string;
  readonly vkey_file: string;
  /** The public folder of the log. */
  readonly log_dir: string;
}
