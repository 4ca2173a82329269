/* Addresses as values: parsing and formatting them, bans, counting by network, and the addresses
 * of a connection.
 *
 *     build/dev/examples/addresses
 */
#include <bight/address.h>
#include <bight/endpoint.h>
#include <bight/reactor.h>
#include <stdio.h>
#include <stdlib.h>

/* -- Parsing and formatting -- */

static void show(const char *text)
{
    char written[BIGHT_ADDRESS_TEXT_SIZE];
    bight_address address;

    if (bight_address_parse(text, &address) != BIGHT_OK)
        printf("%s is no address\n", text);
    else
        printf("%s is %s%s\n", text, bight_address_format(&address, written, sizeof(written)),
               bight_address_is_private(&address) ? ", private" : "");
}

/* -- Bans: a list of prefixes -- */

typedef struct bans {
    bight_prefix prefixes[8];
    size_t count;
} bans;

static void ban(bans *self, const char *text)
{
    if (self->count == 8 || bight_prefix_parse(text, &self->prefixes[self->count]) != BIGHT_OK)
        fprintf(stderr, "cannot ban %s\n", text);
    else
        self->count++;
}

static bool is_banned(const bans *self, const bight_address *address)
{
    for (size_t i = 0; i < self->count; i++) {
        if (bight_prefix_contains(&self->prefixes[i], address))
            return true;
    }
    return false;
}

static void ask(const bans *self, const char *text)
{
    bight_address address;

    if (bight_address_parse(text, &address) == BIGHT_OK)
        printf("%s is %s\n", text, is_banned(self, &address) ? "banned" : "welcome");
}

/* -- Counting by network -- */

static void show_network(const char *text)
{
    char written[BIGHT_PREFIX_TEXT_SIZE];
    bight_address address;
    bight_prefix network;

    if (bight_address_parse(text, &address) != BIGHT_OK)
        return;
    network = bight_prefix_of(&address, 32, 64);
    printf("%s counts for %s\n", text, bight_prefix_format(&network, written, sizeof(written)));
}

/* -- The addresses of a connection -- */

typedef struct side {
    bight_protocol protocol;
    bight_reactor *reactor;
    bight_transport *transport;
} side;

static void on_connected(bight_protocol *protocol, bight_transport *transport)
{
    bight_address peer = bight_transport_get_peer_address(transport);
    char host[BIGHT_ADDRESS_TEXT_SIZE];

    ((side *)protocol)->transport = transport;
    printf("connected with %s%s\n", bight_address_format_host(&peer, host, sizeof(host)),
           bight_address_is_loopback(&peer) ? ", this machine" : "");
    bight_transport_close(transport);
}

static void on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    (void)protocol;
    (void)bytes;
    (void)size;
}

static void on_closed(bight_protocol *protocol, const bight_error *reason)
{
    (void)reason;
    bight_reactor_stop(((side *)protocol)->reactor);
}

static const bight_protocol_ops client_ops = {.size = sizeof(bight_protocol_ops),
                                              .name = "client",
                                              .connected = on_connected,
                                              .received = on_received,
                                              .closed = on_closed};
static const bight_protocol_ops server_ops = {
    .size = sizeof(bight_protocol_ops), .name = "server", .received = on_received};

static bight_protocol *serve(bight_listener *listener, bight_transport *transport, void *data)
{
    (void)listener;
    (void)transport;
    return data;
}

static int connect_to_ourselves(bight_reactor *reactor)
{
    side client = {.protocol = {&client_ops}, .reactor = reactor};
    bight_protocol server = {&server_ops};
    bight_listener *listener;

    if (bight_listen(reactor, "tcp:127.0.0.1:0", serve, &server, NULL, &listener) != BIGHT_OK)
        return 1;
    if (bight_address_get_port(bight_listener_get_address(listener)) == 0)
        return 1;
    bight_deferred_free(
        bight_connect(reactor, bight_listener_get_endpoint(listener), &client.protocol));
    if (bight_reactor_run(reactor) != BIGHT_OK)
        return 1;
    bight_listener_free(listener);
    return 0;
}

int main(void)
{
    bight_reactor *reactor = bight_reactor_new();
    bans list = {.count = 0};
    int result;

    if (reactor == NULL)
        return 1;
    show("192.168.0.1:80");
    show("[2001:DB8:0:0:1::1]:443");
    show("010.0.0.1");
    ban(&list, "192.0.2.0/24");
    ban(&list, "2001:db8::/32");
    ask(&list, "192.0.2.77");
    ask(&list, "::ffff:192.0.2.77");
    ask(&list, "198.51.100.1");
    show_network("192.0.2.77");
    show_network("2001:db8:1:2:3:4:5:6");
    result = connect_to_ourselves(reactor);
    bight_reactor_free(reactor);
    return result;
}
