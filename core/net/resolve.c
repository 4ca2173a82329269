/* Addresses of names. Numbers, names with a meaning of their own and the file of hosts are answered
 * here; for the rest two questions are asked. */
#include "address_order.h"
#include "addresses.h"
#include "dns_message.h"
#include "lookup.h"
#include <ares.h>
#include <bight/threads.h>
#include <bight/value.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t here_ipv4[4] = {127, 0, 0, 1};
static const uint8_t here_ipv6[16] = {[15] = 1};

/* -- Collecting -- */

/* Addresses of the wanted family. */
typedef struct collecting {
    bight_family family;
    bight_addresses *addresses;
} collecting;

static bool collecting_start(collecting *self, bight_family family)
{
    self->family = family;
    self->addresses = bighti_addresses_new(BIGHTI_MOST_OF_A_NAME);
    return self->addresses != NULL;
}

static void collecting_add(const bight_address *address, void *data)
{
    collecting *self = data;
    bool is_ipv4 = bight_address_get_family(address) == BIGHT_ADDRESS_IPV4;

    if (self->addresses->count < BIGHTI_MOST_OF_A_NAME &&
        (self->family == BIGHT_FAMILY_ANY || is_ipv4 == (self->family == BIGHT_FAMILY_IPV4)))
        bighti_addresses_add_address(self->addresses, address);
}

static void collecting_add_record(bight_view message, size_t at, size_t size, void *data)
{
    const uint8_t *bytes = message.data + at;
    bight_address address;

    if (size != 4 && size != 16)
        return;
    address = size == 4 ? bight_address_from_ipv4(bytes, 0) : bight_address_from_ipv6(bytes, 0, 0);
    collecting_add(&address, data);
}

/* Hand the list over, if there is something in it. */
static bool collecting_give(collecting *self, bighti_lookup *one)
{
    if (self->addresses->count == 0) {
        bight_addresses_free(self->addresses);
        return false;
    }
    bighti_addresses_sort(self->addresses);
    one->value = self->addresses;
    return true;
}

/* -- Without a server -- */

/* Looked up by the C library, which knows what this system is set up for: nsswitch.conf(5), and
 * with it multicast DNS. */
typedef struct system_lookup {
    bight_family family;
    char name[];
} system_lookup;

static int system_family(bight_family family)
{
    return family == BIGHT_FAMILY_IPV4   ? AF_INET
           : family == BIGHT_FAMILY_IPV6 ? AF_INET6
                                         : AF_UNSPEC;
}

static bight_result system_fail(const char *name, int code)
{
    bool missing = code == EAI_NONAME || code == EAI_NODATA;

    return bight_result_error(bight_error_new(code == EAI_MEMORY ? BIGHT_ERROR_NO_MEMORY
                                              : missing          ? BIGHT_ERROR_NOT_FOUND
                                                                 : BIGHT_ERROR_UNREACHABLE,
                                              "look up %s: %s", name,
                                              missing ? "no such name" : gai_strerror(code)));
}

static bight_result system_run(bight_work *work, void *data)
{
    system_lookup *self = data;
    struct addrinfo wanted = {.ai_family = system_family(self->family), .ai_socktype = SOCK_STREAM},
                    *found = NULL;
    int code = getaddrinfo(self->name, NULL, &wanted, &found);
    bight_addresses *addresses;

    (void)work;
    if (code != 0)
        return system_fail(self->name, code);
    addresses = bighti_addresses_new(BIGHTI_MOST_OF_A_NAME);
    for (struct addrinfo *one = found;
         addresses != NULL && one != NULL && addresses->count < BIGHTI_MOST_OF_A_NAME;
         one = one->ai_next)
        bighti_addresses_add(addresses, one->ai_addr, one->ai_addrlen);
    freeaddrinfo(found);
    if (addresses == NULL)
        return system_fail(self->name, EAI_MEMORY);
    return (bight_result){.value = addresses, .destroy = bight_addresses_free};
}

static bight_result system_on_result(bight_result in, void *data)
{
    bighti_lookup *one = data;
    bight_deferred *elsewhere = one->elsewhere;

    if (elsewhere == NULL)
        return in;
    one->elsewhere = NULL;
    bight_deferred_free(elsewhere);
    if (in.error != NULL) {
        one->error = bight_error_ref(in.error);
        bight_result_free(in);
    } else {
        one->value = BIGHT_VALUE(bight_addresses, in, bight_addresses_free);
    }
    bighti_lookup_end(one);
    return bight_result_value(NULL);
}

/* A deferred that has failed already runs its step inside the call that adds it. */
static void system_start(bighti_lookup *one)
{
    size_t size = strlen(one->ascii) + 1;
    system_lookup *job = malloc(sizeof(*job) + size);

    if (job == NULL) {
        one->error = bighti_lookup_error(one, ARES_ENOMEM);
        return;
    }
    job->family = one->family;
    memcpy(job->name, one->ascii, size);
    one->elsewhere = bight_threads_run(one->resolver->options.threads, system_run, job, free);
    if (one->elsewhere == NULL)
        one->error = bighti_lookup_error(one, ARES_ENOMEM);
    else
        bight_deferred_both(one->elsewhere, system_on_result, one);
}

static void answer_link_local(bighti_lookup *one)
{
    if (one->resolver->options.threads != NULL)
        system_start(one);
    else
        one->error = bight_error_new(
            BIGHT_ERROR_UNSUPPORTED,
            "look up %s: names below .local are looked up by multicast, not by name servers; the "
            "resolver needs a pool of threads to ask the system for them",
            one->name);
}

static void add_localhost_addresses(collecting *self)
{
    bight_address ipv6 = bight_address_from_ipv6(here_ipv6, 0, 0);
    bight_address ipv4 = bight_address_from_ipv4(here_ipv4, 0);

    collecting_add(&ipv6, self);
    collecting_add(&ipv4, self);
}

/* The end of a lookup that nobody else can answer; false if servers can. */
static bool answer_special_name(bighti_lookup *one)
{
    switch (bighti_host_name_kind(one->ascii)) {
    case BIGHTI_NAME_LOCAL:
        answer_link_local(one);
        return true;
    case BIGHTI_NAME_NOWHERE:
        one->error = bighti_lookup_error(one, ARES_ENOTFOUND);
        return true;
    default:
        return false;
    }
}

/* "host." in the file is "host". */
static void find_in_hosts(const bighti_lookup *one, collecting *found)
{
    char name[BIGHTI_ASCII_NAME_SIZE];
    size_t size = strlen(one->ascii);

    memcpy(name, one->ascii, size + 1);
    if (size > 0 && name[size - 1] == '.')
        name[size - 1] = '\0';
    bighti_hosts_find(one->resolver->hosts, name, collecting_add, found);
}

static bool resolve_answer_locally(bighti_lookup *one)
{
    bool is_number = bight_address_get_family(&one->address) != BIGHT_ADDRESS_NONE;
    collecting found;

    if (!collecting_start(&found, one->family)) {
        one->error = bighti_lookup_error(one, ARES_ENOMEM);
        return true;
    }
    if (is_number)
        collecting_add(&one->address, &found);
    else if (bighti_host_name_kind(one->ascii) == BIGHTI_NAME_LOCALHOST)
        add_localhost_addresses(&found);
    else
        find_in_hosts(one, &found);
    if (collecting_give(&found, one))
        return true;
    if (!is_number)
        return answer_special_name(one);
    one->error = bighti_lookup_error(one, ARES_ENODATA);
    return true;
}

/* -- From the answers -- */

/* The code that says most: a failure, as the name may exist; then that it exists. */
static int worse_code(int a, int b)
{
    bool a_is_final = a == ARES_ENOTFOUND || a == ARES_ENODATA;
    bool b_is_final = b == ARES_ENOTFOUND || b == ARES_ENODATA;

    if (a_is_final != b_is_final)
        return a_is_final ? b : a;
    return a == ARES_ENODATA ? a : b;
}

/* The code of an answer; ARES_ENODATA if there was nothing of use in it. */
static int resolve_read_answer(const bighti_answer *answer, int type, collecting *found)
{
    bight_view message = {answer->message, answer->size};
    uint32_t lifetime;

    if (answer->code != ARES_SUCCESS)
        return answer->code;
    return bighti_dns_read(message, (unsigned)type, collecting_add_record, found, &lifetime)
               ? ARES_ENODATA
               : ARES_EBADRESP;
}

static void resolve_finish(bighti_lookup *one)
{
    int code = ARES_ENOTFOUND;
    collecting found;

    if (!collecting_start(&found, one->family)) {
        one->error = bighti_lookup_error(one, ARES_ENOMEM);
        return;
    }
    for (unsigned i = 0; i < one->count; i++) {
        if (one->answers[i] == NULL)
            found.addresses->is_partial = true;
        else
            code = worse_code(code, resolve_read_answer(one->answers[i], one->types[i], &found));
    }
    if (!collecting_give(&found, one))
        one->error = bighti_lookup_error(one, code);
}

static const bighti_lookup_kind resolve_kind = {
    .answer_locally = resolve_answer_locally,
    .finish = resolve_finish,
    .destroy = bight_addresses_free,
};

/* -- Interface -- */

static void resolve_read_name(bighti_lookup *one)
{
    const char *why;
    bight_status status;

    if (bighti_host_is_number(one->name, &one->address))
        return;
    status = bighti_host_name_prepare(one->name, one->ascii, &why);
    if (status != BIGHT_OK)
        one->error = bight_error_new(status, "look up %.*s: %s", BIGHTI_LONGEST_NAME, one->name,
                                     status == BIGHT_ERROR_NO_MEMORY ? "no memory" : why);
}

/* IPv6 first, as its answers are wanted first. An invalid name is also reported in a later turn,
 * like every other outcome. */
static bighti_lookup *resolve_new(bight_resolver *resolver, const char *name, bight_family family,
                                  bight_deferred **deferred)
{
    bighti_lookup *one = bighti_lookup_new(resolver, &resolve_kind, name, deferred);

    if (one == NULL)
        return NULL;
    one->family = family;
    if (family != BIGHT_FAMILY_IPV4)
        one->types[one->count++] = BIGHTI_DNS_AAAA;
    if (family != BIGHT_FAMILY_IPV6)
        one->types[one->count++] = BIGHTI_DNS_A;
    resolve_read_name(one);
    return one;
}

bight_deferred *bight_resolve(bight_resolver *resolver, const char *name, bight_family family)
{
    bight_deferred *deferred = NULL;
    bighti_lookup *one;

    bighti_check_thread(resolver->reactor);
    one = resolve_new(resolver, name, family, &deferred);
    if (one != NULL)
        bighti_lookup_start(one);
    return deferred;
}

bight_deferred *bighti_resolve_eagerly(bight_resolver *resolver, const char *name,
                                       bight_family family)
{
    bight_deferred *deferred = NULL;
    bighti_lookup *one = resolve_new(resolver, name, family, &deferred);

    if (one == NULL)
        return NULL;
    one->eager = true;
    bighti_lookup_start(one);
    return deferred;
}

bight_deferred *bighti_resolve_rest(bight_resolver *resolver, const char *name,
                                    const bight_addresses *found)
{
    bool has_ipv6 =
        bight_address_get_family(&found->items[found->count - 1].address) == BIGHT_ADDRESS_IPV6;
    bight_deferred *deferred = NULL;
    bighti_lookup *one =
        resolve_new(resolver, name, has_ipv6 ? BIGHT_FAMILY_IPV4 : BIGHT_FAMILY_IPV6, &deferred);

    if (one == NULL)
        return NULL;
    one->is_rest = true;
    bighti_lookup_start(one);
    return deferred;
}
