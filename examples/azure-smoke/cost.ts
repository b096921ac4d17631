/** What machines of a size, for so long, will cost. */
export interface MachineUse {
  readonly what: string;
  readonly sku: string;
  readonly machines: number;
  readonly minutes: number;
}

interface PriceList {
  readonly Items: readonly {
    readonly retailPrice: number;
    readonly skuName: string;
    readonly productName: string;
  }[];
}

/** US dollars an hour, from Azure's public price list, which asks for no credential. A size that it does not say is left out. */
export async function readPrices(
  uses: readonly MachineUse[],
  region: string,
): Promise<ReadonlyMap<string, number>> {
  const prices = new Map<string, number>();
  for (const { sku } of uses) {
    const filter = `serviceName eq 'Virtual Machines' and armRegionName eq '${region}' and armSkuName eq '${sku}' and priceType eq 'Consumption'`;
    const url = `https://prices.azure.com/api/retail/prices?$filter=${encodeURIComponent(filter)}`;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      const { Items: items } = (await response.json()) as PriceList;
      const found = items.find(
        ({ skuName, productName }) => !/spot|low priority/i.test(skuName) && !/windows/i.test(productName),
      );
      if (found !== undefined) prices.set(sku, found.retailPrice);
    } catch {
      // The estimate says that it does not know.
    }
  }
  return prices;
}

/** The estimate as a table. It is an upper bound of what is planned, and no promise. */
export function estimate(
  uses: readonly MachineUse[],
  prices: ReadonlyMap<string, number>,
  target: 'azure' | 'local',
  region: string,
): string {
  let total = 0;
  let unknown = false;
  const rows = uses.map(({ what, sku, machines, minutes }) => {
    const price = prices.get(sku);
    const hours = (machines * minutes) / 60;
    if (price === undefined) unknown = true;
    else total += price * hours;
    const cost = price === undefined ? 'price not known' : `about ${(price * hours).toFixed(2)} USD`;
    return `  ${what.padEnd(28)} ${machines} × ${sku.padEnd(22)} up to ${minutes} min  ${cost}`;
  });
  const sum =
    target === 'local'
      ? 'on the local twin nothing is billed; in a workspace it would be these machines'
      : `together about ${total.toFixed(2)} USD in ${region}${unknown ? ' and what is not known' : ''}, storage and traffic not counted`;
  return ['this will use', ...rows, sum].join('\n');
}
