import { nearestNames, orList } from '../io/nearest-names.ts';
import type { SkuFinding, SkuSeverity } from './sku-finding.ts';
import { vmSizes } from './vm-sizes.ts';

/** The prefix is left off by some and is the same for all: it would drown the differences. */
function withoutPrefix(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/^standard[_\s-]?/, '');
}

export function unknownFinding(name: string, severity: SkuSeverity): SkuFinding {
  const nearest = nearestNames(
    name,
    vmSizes.map((size) => size.name),
    { normalize: withoutPrefix },
  );
  // Every size on the card is known: what is not known is on none of its lists.
  const lists = severity === 'error' ? " and on none of the card's lists" : '';
  const suggestion = nearest.length === 0 ? '' : `; did you mean ${orList(nearest)}?`;
  return {
    severity,
    code: 'sku-unknown',
    message: `'${name}' is none of the ${vmSizes.length} VM sizes that aml-deit knows${lists}${suggestion}`,
    sku: name,
    nearest,
  };
}

/**
 * Has the name the form of Azure's names: family, vCPUs, features, accelerator, version? Azure has about a thousand
 * sizes, of which the catalogue holds those that matter to this model.
 */
export function hasFormOfVmSize(name: string): boolean {
  return formOfVmSize.test(name);
}

/** The version is one digit; `_V620` and the like are accelerators. */
const formOfVmSize =
  /^(standard|basic)_[a-z]{1,4}\d{1,4}(-\d{1,3})?[a-uw-z]{0,6}(_(?!v\d{1,2}(_|$))[a-z0-9]{1,16}){0,3}(_v[1-9])?(_promo)?$/i;
