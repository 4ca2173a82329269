/* Names: addresses, the servers of a service, and a resolver with settings of its own.
 *
 *     build/dev/examples/names
 */
#include <bight/bight.h>
#include <bight/records.h>
#include <bight/resolver.h>
#include <bight/value.h>
#include <stdio.h>
#include <stdlib.h>

/* The program ends when the last lookup has. */
typedef struct lookups {
    bight_reactor *reactor;
    unsigned open;
} lookups;

static void end_one(lookups *self)
{
    if (--self->open == 0)
        bight_reactor_stop(self->reactor);
}

/* -- Addresses -- */

static bight_result show_addresses(bight_result in, void *data)
{
    bight_addresses *found = BIGHT_VALUE(bight_addresses, in, bight_addresses_free);

    for (size_t i = 0; i < bight_addresses_get_count(found); i++)
        printf("%s\n", bight_addresses_get_text(found, i));
    bight_result_free(in);
    end_one(data);
    return bight_result_value(NULL);
}

static bight_result show_failure(bight_result in, void *data)
{
    printf("%s\n", bight_error_get_message(in.error));
    bight_result_free(in);
    end_one(data);
    return bight_result_value(NULL);
}

static void look_up(lookups *self, bight_resolver *resolver, const char *name)
{
    bight_deferred *addresses = bight_resolve(resolver, name, BIGHT_FAMILY_IPV4);

    self->open++;
    bight_deferred_free(bight_deferred_then(addresses, show_addresses, show_failure, self));
}

/* -- Services -- */

static bight_result show_servers(bight_result in, void *data)
{
    bight_records *servers = BIGHT_VALUE(bight_records, in, bight_records_free);

    for (size_t i = 0; i < bight_records_get_count(servers); i++)
        printf("tcp:%s:%u\n", bight_records_get_text(servers, i),
               (unsigned)bight_records_get_port(servers, i));
    bight_result_free(in);
    end_one(data);
    return bight_result_value(NULL);
}

static void look_up_service(lookups *self, bight_resolver *resolver, const char *service)
{
    bight_deferred *servers = bight_resolve_srv(resolver, service);

    self->open++;
    bight_deferred_free(bight_deferred_then(servers, show_servers, show_failure, self));
}

/* -- A resolver with settings -- */

static bight_status make_resolver(bight_reactor *reactor, bight_threads *threads,
                                  bight_resolver **resolver)
{
    bight_resolver_options options = BIGHT_RESOLVER_OPTIONS_INIT;
    bight_status status;

    options.threads = threads;              /* for names below .local; NULL: they fail */
    options.cache_longest = BIGHT_SEC(300); /* whatever their TTL says */
    status = bight_resolver_new(reactor, &options, resolver);
    if (status == BIGHT_OK)
        bight_resolver_make_default(*resolver); /* bight_connect() uses it too */
    return status;
}

int main(void)
{
    lookups all = {.reactor = bight_reactor_new()};
    bight_resolver *resolver;

    if (all.reactor == NULL || make_resolver(all.reactor, NULL, &resolver) != BIGHT_OK)
        return EXIT_FAILURE;
    look_up(&all, resolver, "localhost");
    look_up(&all, resolver, "127.1");
    look_up(&all, resolver, "printer.local");
    look_up_service(&all, resolver, "_ipp._tcp.printer.invalid");
    if (bight_reactor_run(all.reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_resolver_free(resolver);
    bight_reactor_free(all.reactor);
    return EXIT_SUCCESS;
}
