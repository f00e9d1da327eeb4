/** Whether the server behind an emulator answers. */
export interface Health {
  /** `slow`: it answers, but later than it should, or stands behind a long action. */
  readonly state: 'healthy' | 'slow' | 'unreachable';
  /** How long the latest probe took, in ms; null when it did not come back. */
  readonly latencyMs: number | null;
  readonly message?: string;
}
