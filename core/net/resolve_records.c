/* Lookups of records. Names are taken as they are: a dot is put behind them, so that no search
 * domain is added to the name of a service. */
#include "../base/address.h"
#include "dns_message.h"
#include "lookup.h"
#include "records.h"
#include <ares.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static uint32_t records_random(void *data)
{
    uint32_t number = 0;

    (void)data;
    /* If this fails, early in the boot, the order is only less random. */
    if (getrandom(&number, sizeof(number), GRND_NONBLOCK) < 0)
        return 0;
    return number;
}

/* -- From the answers -- */

static bight_error *records_refused(const bighti_lookup *one)
{
    return bight_error_new(BIGHT_ERROR_REFUSED, "look up %s: %s", one->name,
                           one->types[0] == BIGHTI_DNS_MX ? "the domain accepts no mail"
                                                          : "the service is not offered");
}

static void records_finish(bighti_lookup *one)
{
    const bighti_answer *answer = one->answers[0];
    bight_records *records = NULL;

    if (answer->code != ARES_SUCCESS) {
        one->error = bighti_lookup_error(one, answer->code);
        return;
    }
    switch (bighti_records_read((bight_view){answer->message, answer->size},
                                (unsigned)one->types[0], records_random, NULL, &records)) {
    case BIGHTI_RECORDS_READ:
        one->value = records;
        break;
    case BIGHTI_RECORDS_NONE:
        one->error = bighti_lookup_error(one, ARES_ENODATA);
        break;
    case BIGHTI_RECORDS_REFUSED:
        one->error = records_refused(one);
        break;
    case BIGHTI_RECORDS_MALFORMED:
        one->error = bighti_lookup_error(one, ARES_EBADRESP);
        break;
    case BIGHTI_RECORDS_NO_MEMORY:
        one->error = bighti_lookup_error(one, ARES_ENOMEM);
        break;
    }
}

/* -- Without a server -- */

/* True if the file of hosts has a name for the address. */
static bool records_find_in_hosts(bighti_lookup *one)
{
    bight_view name;

    if (one->types[0] != BIGHTI_DNS_PTR)
        return false;
    name = bighti_hosts_find_name(one->resolver->hosts, &one->address);
    if (name.size == 0)
        return false;
    one->value = bighti_records_of_text(name);
    if (one->value == NULL)
        one->error = bighti_lookup_error(one, ARES_ENOMEM);
    return true;
}

static bool records_answer_locally(bighti_lookup *one)
{
    if (records_find_in_hosts(one))
        return true;
    switch (bighti_host_name_kind(one->ascii)) {
    case BIGHTI_NAME_PLAIN:
        return false;
    case BIGHTI_NAME_LOCAL:
        one->error = bight_error_new(BIGHT_ERROR_UNSUPPORTED,
                                     "look up %s: names below .local are looked up by multicast, "
                                     "not by name servers",
                                     one->name);
        return true;
    default:
        one->error = bighti_lookup_error(one, ARES_ENOTFOUND);
        return true;
    }
}

static const bighti_lookup_kind records_kind = {
    .answer_locally = records_answer_locally,
    .finish = records_finish,
    .destroy = bight_records_free,
};

/* -- Interface -- */

static void records_read_name(bighti_lookup *one)
{
    const char *why;
    bight_status status = bighti_host_name_prepare(one->name, one->ascii, &why);
    size_t size = status == BIGHT_OK ? strlen(one->ascii) : 0;

    if (status != BIGHT_OK)
        one->error = bight_error_new(status, "look up %.*s: %s", BIGHTI_LONGEST_NAME, one->name,
                                     status == BIGHT_ERROR_NO_MEMORY ? "no memory" : why);
    else if (one->ascii[size - 1] != '.')
        memcpy(one->ascii + size, ".", 2);
}

static bight_deferred *records_start(bight_resolver *resolver, const char *name, int type)
{
    bight_deferred *deferred;
    bighti_lookup *one = bighti_lookup_new(resolver, &records_kind, name, &deferred);

    if (one == NULL)
        return NULL;
    one->types[one->count++] = type;
    records_read_name(one);
    bighti_lookup_start(one);
    return deferred;
}

bight_deferred *bight_resolve_srv(bight_resolver *resolver, const char *name)
{
    bighti_check_thread(resolver->reactor);
    return records_start(resolver, name, BIGHTI_DNS_SRV);
}

bight_deferred *bight_resolve_mx(bight_resolver *resolver, const char *name)
{
    bighti_check_thread(resolver->reactor);
    return records_start(resolver, name, BIGHTI_DNS_MX);
}

bight_deferred *bight_resolve_txt(bight_resolver *resolver, const char *name)
{
    bighti_check_thread(resolver->reactor);
    return records_start(resolver, name, BIGHTI_DNS_TXT);
}

/* "1.2.0.192.in-addr.arpa.", and for IPv6 the 32 digits of "ip6.arpa.", the last one first. */
static void ptr_name_put(const bight_address *address, char text[BIGHTI_ASCII_NAME_SIZE])
{
    const char *end = text + BIGHTI_ASCII_NAME_SIZE;
    bight_view bytes = bight_address_get_bytes(address);
    bool is_ipv4 = bytes.size == BIGHTI_IPV4_SIZE;

    for (size_t i = bytes.size; i-- > 0;)
        text += is_ipv4 ? snprintf(text, (size_t)(end - text), "%u.", (unsigned)bytes.data[i])
                        : snprintf(text, (size_t)(end - text), "%x.%x.", bytes.data[i] & 0x0fu,
                                   bytes.data[i] >> 4u);
    snprintf(text, (size_t)(end - text), "%s", is_ipv4 ? "in-addr.arpa." : "ip6.arpa.");
}

bight_deferred *bight_resolve_ptr(bight_resolver *resolver, const bight_address *address)
{
    bight_address host = bight_address_unmap(address);
    char text[BIGHT_ADDRESS_TEXT_SIZE];
    bight_deferred *deferred;
    bighti_lookup *one;

    bighti_check_thread(resolver->reactor);
    bight_address_format_host(&host, text, sizeof(text));
    one = bighti_lookup_new(resolver, &records_kind, text, &deferred);
    if (one == NULL)
        return NULL;
    one->address = host;
    one->types[one->count++] = BIGHTI_DNS_PTR;
    if (host.family == BIGHT_ADDRESS_IPV4 || host.family == BIGHT_ADDRESS_IPV6)
        ptr_name_put(&host, one->ascii);
    else
        one->error = bight_error_new(BIGHT_ERROR_INVALID, "look up %s: not an IP address", text);
    bighti_lookup_start(one);
    return deferred;
}
