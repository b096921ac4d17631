export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
}

export interface ContainerMount {
  readonly source: string;
  readonly destination: string;
  readonly writable?: boolean;
}

export interface RuntimeConfigInput {
  readonly rootfs: string;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: ContainerUser;
  readonly mounts: readonly ContainerMount[];
  /** A network of its own, where every port is free; otherwise the machine's. */
  readonly ownNetwork: boolean;
  /** The root may be written to, `/tmp` and the like included. An unpacked image is shared by all that run it, and may not. */
  readonly writable: boolean;
}

/** What root in a container may do; anybody else may do nothing special. */
const rootCapabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'NET_BIND_SERVICE',
];
const hidden = ['/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'];

/** The configuration of a bundle by the OCI runtime specification, version 1.0.2. */
export function runtimeConfig(input: RuntimeConfigInput): object {
  const { uid } = input.user;
  const capabilities = uid === 0 ? rootCapabilities.map((name) => `CAP_${name}`) : [];
  const namespaces = ['pid', 'ipc', 'uts', 'mount', ...(input.ownNetwork ? ['network'] : [])];
  const scratch = (destination: string): object => ({
    destination,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'nodev', 'mode=1777'],
  });
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: input.user,
      args: input.args,
      env: input.env,
      cwd: input.cwd,
      capabilities: {
        bounding: capabilities,
        effective: capabilities,
        permitted: capabilities,
      },
      noNewPrivileges: true,
    },
    root: { path: input.rootfs, readonly: !input.writable },
    hostname: 'container',
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      {
        destination: '/dev',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
      },
      {
        destination: '/dev/shm',
        type: 'tmpfs',
        source: 'shm',
        options: ['nosuid', 'noexec', 'nodev', 'mode=1777'],
      },
      {
        destination: '/sys',
        type: 'none',
        source: '/sys',
        options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'],
      },
      ...(input.writable ? [] : ['/tmp', '/run', '/var/tmp'].map(scratch)),
      ...input.mounts.map(({ source, destination, writable }) => ({
        destination,
        type: 'none',
        source,
        options: ['rbind', 'nosuid', 'nodev', ...(writable === true ? [] : ['ro'])],
      })),
    ],
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      maskedPaths: hidden,
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  };
}

/**
 * What `unshare` is told: process ids of its own, so that everything of a container ends with the process that looks after
 * it, however that ends; without root rights a user namespace, in which the caller is root.
 */
export function isolationArguments(): readonly string[] {
  const isRoot = process.getuid?.() === 0;
  return [
    ...(isRoot ? [] : ['--user', '--map-root-user']),
    '--pid',
    '--mount-proc',
    '--fork',
    '--kill-child',
  ];
}
