#include "core/tls_support.hpp"

#include <algorithm>
#include <openssl/err.h>

namespace tls_test
{

namespace
{

End *end(bight_protocol *protocol)
{
    return reinterpret_cast<End *>(protocol);
}

void call(const std::function<void()> &function)
{
    if (function)
        function();
}

void onClosed(bight_protocol *protocol, const bight_error *reason)
{
    End *self = end(protocol);

    self->events.push_back("closed");
    self->status = reason != nullptr ? bight_error_get_status(reason) : BIGHT_OK;
    self->code = reason != nullptr ? bight_error_get_code(reason) : 0;
    if (reason != nullptr && bight_error_get_domain(reason) != nullptr)
        self->domain = bight_error_get_domain(reason);
    self->reason = reason != nullptr ? bight_error_get_message(reason) : "";
    self->transport = nullptr;
    self->closings++;
    call(self->onClosed);
}

const bight_protocol_ops ops = {
    sizeof(bight_protocol_ops),
    "end",
    [](bight_protocol *p, bight_transport *transport) {
        end(p)->transport = transport;
        end(p)->events.push_back("connected");
        EXPECT_TRUE(errorsAreClean());
        call(end(p)->onConnected);
    },
    [](bight_protocol *p, const uint8_t *bytes, size_t size) {
        end(p)->bytes.append(reinterpret_cast<const char *>(bytes), size);
        end(p)->pieces++;
        EXPECT_EQ(end(p)->closings, 0u) << "nothing comes after closed";
        EXPECT_TRUE(errorsAreClean());
        call(end(p)->onReceived);
    },
    [](bight_protocol *p) {
        end(p)->events.push_back("ended");
        if (end(p)->onEnded)
            end(p)->onEnded();
        else
            bight_transport_close(end(p)->transport);
    },
    [](bight_protocol *p) {
        end(p)->events.push_back("drained");
        call(end(p)->onDrained);
    },
    onClosed,
};

} // namespace

End::End() : protocol{&ops} {}

bool End::has(const std::string &event) const
{
    return std::find(events.begin(), events.end(), event) != events.end();
}

bool End::connected() const
{
    return has("connected");
}

bight_flow End::write(const std::string &text)
{
    return bight_transport_write(transport, text.data(), text.size());
}

void End::echo()
{
    onReceived = [this] {
        std::string back;
        std::swap(back, bytes);
        if (write(back) == BIGHT_FLOW_WAIT)
            bight_transport_pause(transport);
    };
    onDrained = [this] { bight_transport_resume(transport); };
}

void End::forget()
{
    bytes = reason = "";
    events.clear();
    status = BIGHT_OK;
    code = 0;
    pieces = closings = 0;
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

const support::Authority &authority()
{
    static const support::Authority made;

    return made;
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
    for (const End *end : {&client, &server})
        EXPECT_LE(end->closings, 1u);
}

void Tls::join(bight_tls *clientTls, bight_tls *serverTls, const char *host)
{
    ASSERT_EQ(bight_pair_new(reactor, &clientBelow.protocol, &serverBelow.protocol), BIGHT_OK);
    settle();
    bight_pair_set_chunk(clientBelow.transport, chunk);
    bight_pair_set_chunk(serverBelow.transport, chunk);
    ASSERT_EQ(
        bight_tls_start_server(serverBelow.transport, serverTls, &server.protocol, &serverSide),
        BIGHT_OK);
    ASSERT_EQ(bight_tls_start_client(clientBelow.transport, clientTls, host, &client.protocol,
                                     &clientSide),
              BIGHT_OK);
    EXPECT_TRUE(client.events.empty()) << "no callback inside the call that registers it";
    settle();
}

void Tls::join()
{
    join(clientContext, serverContext);
    ASSERT_TRUE(client.connected()) << client.reason;
    ASSERT_TRUE(server.connected()) << server.reason;
}

void Tls::forget()
{
    for (End *end : {&client, &server, &clientBelow, &serverBelow, &near, &far})
        end->forget();
}

} // namespace tls_test
