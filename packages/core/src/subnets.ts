import { type IPv4, type IPv6, parse, parseCIDR } from 'ipaddr.js';
import { clientKey } from './keys';

/**
 * Whether an address lies in one of the given addresses or subnets (`192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`); an IPv4 address
 * embedded in IPv6 is that IPv4 address.
 * @throws {TypeError} at construction where a member is neither.
 */
export function matchSubnets(subnets: readonly string[]): (address: string | undefined) => boolean {
  const ranges = subnets.map(toRange);
  return (address) => {
    const plain = clientKey(address, 128)?.replace('/128', '');
    if (plain === undefined) return false;
    const parsed = parse(plain);
    return ranges.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network as IPv4 & IPv6, bits),
    );
  };
}

function toRange(subnet: string): [IPv4 | IPv6, number] {
  try {
    if (subnet.includes('/')) return parseCIDR(subnet);
    const address = parse(subnet);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch {
    throw new TypeError(`${JSON.stringify(subnet)} is neither an address nor a subnet`);
  }
}
