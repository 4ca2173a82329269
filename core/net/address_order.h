/* The order in which the addresses of a name are tried. */
#ifndef BIGHTI_NET_ADDRESS_ORDER_H
#define BIGHTI_NET_ADDRESS_ORDER_H

#include <bight/resolver.h>

/* Sort by RFC 6724: what cannot be reached from here comes last. The system is asked which address
 * it would connect from, which sends nothing. */
void bighti_addresses_sort(bight_addresses *addresses);

/* The rules without the system: compares two destinations, each with the address that would be
 * connected from, or BIGHT_ADDRESS_NONE if there is no route. Negative if the first is better. */
int bighti_destinations_compare(const bight_address *a, const bight_address *a_source,
                                const bight_address *b, const bight_address *b_source);

#endif
