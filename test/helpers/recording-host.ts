import type { Host, HostMessage, HostProgress } from '../../src/io/index.ts';

export interface RecordingHost extends Host {
  readonly messages: HostMessage[];
  readonly progresses: HostProgress[];
}

/** Keeps what an action reports. */
export function recordingHost(): RecordingHost {
  const messages: HostMessage[] = [];
  const progresses: HostProgress[] = [];
  return {
    messages,
    progresses,
    message: (message) => void messages.push(message),
    progress: (progress) => void progresses.push(progress),
    confirm: (question) => Promise.resolve(question.defaultAnswer),
  };
}
