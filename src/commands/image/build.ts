import { boolean, integer, option, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { renderImageBuild } from '../../cli/render-image.ts';

export default class ImageBuild extends BaseCommand {
  static override summary = 'Make the scoring image, without a container daemon.';
  static override description =
    'Writes an OCI image layout: the base, the Node runtime if the base has none, the scoring server and its native ' +
    'libraries for the platform. The same inputs give the same digest. What is for another platform than this ' +
    "machine's is fetched by npm.";
  static override examples = [
    '<%= config.bin %> image build --base debian:bookworm-slim@sha256:… --out scorer-image',
    '<%= config.bin %> image build --base oci:base-layout --out scorer-image --with-model my-package',
  ];

  static override flags = {
    base: string({
      required: true,
      description: 'base image by digest, or oci:DIR for an OCI image layout',
      helpValue: 'REF',
    }),
    out: string({
      char: 'o',
      required: true,
      description: 'folder of the OCI image layout',
      helpValue: 'DIR',
    }),
    platform: option({
      options: ['linux/amd64', 'linux/arm64'] as const,
      multiple: true,
      description: 'platform, once for each; linux/amd64 by default',
    })(),
    'with-model': string({
      description: 'a model package as a layer of its own',
      helpValue: 'PACKAGE',
    }),
    compression: integer({
      description: 'level of gzip, 1 (fast) to 9 (small); 6 by default',
      min: 1,
      max: 9,
    }),
    'plain-http': boolean({ description: "the base's registry has no TLS" }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(ImageBuild);
    const { buildImage } = await import('../../actions/build-image.ts');
    const result = await buildImage({
      base: flags.base,
      out: flags.out,
      plainHttp: flags['plain-http'],
      ...definedOnly({
        platforms: flags.platform,
        model: flags['with-model'],
        compression: flags.compression,
      }),
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderImageBuild);
  }
}
