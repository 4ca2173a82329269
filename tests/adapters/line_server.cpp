#include "adapters/line_server.hpp"

#include <gtest/gtest.h>

namespace conformance
{

struct GuestCallbacks {
    using Guest = LineServer::Guest;

    static Guest &of(void *data)
    {
        return *static_cast<Guest *>(data);
    }
    static void connected(bight_line_session *, void *data)
    {
        Guest &guest = of(data);

        if (guest.server->onConnected)
            guest.server->onConnected(guest);
    }
    static void line(bight_line_session *session, const uint8_t *bytes, size_t size, void *data)
    {
        Guest &guest = of(data);
        std::string text(reinterpret_cast<const char *>(bytes), size);

        guest.server->lines.push_back(text);
        if (text == "STARTTLS" && guest.server->tls != nullptr) {
            guest.say("go ahead");
            EXPECT_EQ(bight_line_session_start_tls(session, guest.server->tls, nullptr), BIGHT_OK);
        } else if (guest.server->onLine) {
            guest.server->onLine(guest, text);
        }
    }
    static void closed(bight_line_session *session, const bight_error *, void *data)
    {
        bight_line_session_free(session);
        of(data).server->guests.remove_if([&](auto &each) { return each.get() == data; });
    }
    static void secured(bight_line_session *, void *data)
    {
        of(data).secured = true;
    }
    static bight_protocol *serve(bight_listener *, bight_transport *, void *data);
};

static const bight_line_session_ops guestOps = {
    sizeof(bight_line_session_ops),
    GuestCallbacks::connected,
    GuestCallbacks::line,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    GuestCallbacks::closed,
    GuestCallbacks::secured,
};

bight_protocol *GuestCallbacks::serve(bight_listener *, bight_transport *, void *data)
{
    auto *server = static_cast<LineServer *>(data);
    auto guest = std::make_unique<Guest>(Guest{server});

    if (bight_line_session_new(nullptr, &guestOps, guest.get(), &guest->session) != BIGHT_OK)
        return nullptr;
    server->accepted++;
    server->guests.push_back(std::move(guest));
    return bight_line_session_get_protocol(server->guests.back()->session);
}

void LineServer::Guest::say(const std::string &line)
{
    EXPECT_EQ(bight_line_session_send(session, line.data(), line.size(), nullptr), BIGHT_OK);
}

void LineServer::Guest::close()
{
    bight_transport_close(bight_line_session_get_transport(session));
}

void LineServer::listen(const std::string &endpoint)
{
    bight_error *error = nullptr;

    ASSERT_EQ(
        bight_listen(reactor_, endpoint.c_str(), GuestCallbacks::serve, this, &error, &listener_),
        BIGHT_OK)
        << bight_error_get_message(error);
}

LineServer::LineServer(bight_reactor *reactor, const std::string &endpoint) : reactor_(reactor)
{
    listen(endpoint);
    if (listener_ != nullptr)
        endpoint_ = bight_listener_get_endpoint(listener_);
}

void LineServer::stopListening()
{
    bight_listener_free(listener_);
    listener_ = nullptr;
}

void LineServer::listenAgain()
{
    listen(endpoint_);
}

LineServer::~LineServer()
{
    stopListening();
    for (auto &guest : guests)
        bight_line_session_free(guest->session);
}

} // namespace conformance
