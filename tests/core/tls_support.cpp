#include "core/tls_support.hpp"

#include <openssl/err.h>

namespace tls_test
{

Peer::Peer()
{
    closesUnconnected = true;
    onAny = [] { EXPECT_TRUE(errorsAreClean()); };
}

bight_view viewOf(const std::string &text)
{
    return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

Context makeClient(const std::string &trusted, const Adjust &adjust)
{
    bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
    bight_error *error = nullptr;
    bight_tls *made = nullptr;

    options.ca_pem = viewOf(trusted);
    if (adjust)
        adjust(options);
    EXPECT_EQ(bight_tls_new_client(&options, &error, &made), BIGHT_OK)
        << bight_error_get_message(error);
    bight_error_unref(error);
    return Context(made);
}

Context makeServer(const support::Identity &identity, const Adjust &adjust)
{
    bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
    bight_error *error = nullptr;
    bight_tls *made = nullptr;

    options.certificate_pem = viewOf(identity.certificate);
    options.key_pem = viewOf(identity.key);
    if (adjust)
        adjust(options);
    EXPECT_EQ(bight_tls_new_server(&options, &error, &made), BIGHT_OK)
        << bight_error_get_message(error);
    bight_error_unref(error);
    return Context(made);
}

const support::Identity &identity()
{
    static const support::Identity made = [] {
        support::Wanted wanted;
        wanted.alternatives = "DNS:server.test,DNS:*.wild.test,IP:127.0.0.1,IP:::1";
        return authority().issue(wanted);
    }();

    return made;
}

bool errorsAreClean()
{
    return ERR_peek_error() == 0;
}

Tls::Tls()
{
    clientContext = makeClient(authority().certificate());
    serverContext = makeServer(identity());
}

Tls::~Tls()
{
    bight_reactor_free(reactor);
    EXPECT_TRUE(errorsAreClean());
}

void Tls::join(bight_tls *clientTls, bight_tls *serverTls, const char *host)
{
    ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
    settle();
    bight_pair_set_chunk(clientBelow.transport, chunk);
    bight_pair_set_chunk(serverBelow.transport, chunk);
    ASSERT_EQ(bight_tls_start_server(serverBelow.transport, serverTls, &server, &serverSide),
              BIGHT_OK);
    ASSERT_EQ(bight_tls_start_client(clientBelow.transport, clientTls, host, &client, &clientSide),
              BIGHT_OK);
    EXPECT_TRUE(client.toldNothing()) << "no callback inside the call that registers it";
    settle();
}

void Tls::join()
{
    join(clientContext, serverContext);
    ASSERT_TRUE(client.connected) << client.reasonText;
    ASSERT_TRUE(server.connected) << server.reasonText;
}

void Tls::forget()
{
    for (Peer *end :
         std::initializer_list<Peer *>{&client, &server, &clientBelow, &serverBelow, &near, &far})
        end->forget();
}

} // namespace tls_test
