#include "adapters/connections.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <stdexcept>
#include <utility>

namespace conformance
{

namespace
{

struct Attempt {
    std::shared_ptr<Outcome> outcome;
};

bight_result finish(bight_result in, void *data)
{
    std::unique_ptr<Attempt> attempt(static_cast<Attempt *>(data));
    Outcome &outcome = *attempt->outcome;
    EXPECT_FALSE(outcome.done) << "an attempt ended twice";
    outcome.done = true;
    if (in.error != nullptr) {
        outcome.status = bight_error_get_status(in.error);
        outcome.message = bight_error_get_message(in.error);
        outcome.code = bight_error_get_code(in.error);
        if (bight_error_get_domain(in.error) != nullptr)
            outcome.domain = bight_error_get_domain(in.error);
    } else {
        outcome.transport = static_cast<bight_transport *>(in.value);
    }
    bight_result_free(in);
    auto then = outcome.then; // it may let go of the outcome
    if (then)
        then();
    return bight_result_value(nullptr);
}

} // namespace

Server::Server(bight_reactor *reactor, const std::string &endpoint,
               std::function<void(Peer &)> prepare, const bight_listen_options *options)
    : prepare_(std::move(prepare))
{
    auto serve = [](bight_listener *, bight_transport *, void *data) -> bight_protocol * {
        auto &self = *static_cast<Server *>(data);
        if (self.refuses)
            return nullptr;
        Peer &peer = *self.peers.emplace_back(std::make_unique<Peer>());
        if (self.prepare_)
            self.prepare_(peer);
        return &peer;
    };
    bight_error *error = nullptr;
    if (bight_listen_with(reactor, endpoint.c_str(), options, serve, this, &error, &listener_) !=
        BIGHT_OK) {
        std::string message = bight_error_get_message(error);
        bight_error_unref(error);
        throw std::runtime_error(message);
    }
}

Server::~Server()
{
    bight_listener_free(listener_);
}

void Server::stopListening()
{
    bight_listener_free(std::exchange(listener_, nullptr));
}

unsigned short Server::port() const
{
    std::string where = endpoint();
    return static_cast<unsigned short>(std::atoi(where.c_str() + where.rfind(':') + 1));
}

Outcome::~Outcome()
{
    bight_deferred_free(deferred);
}

std::shared_ptr<Outcome> connect(bight_reactor *reactor, const std::string &endpoint, Peer &peer)
{
    auto outcome = std::make_shared<Outcome>();

    outcome->deferred = bight_connect(reactor, endpoint.c_str(), &peer);
    bight_deferred_both(outcome->deferred, finish, new Attempt{outcome});
    return outcome;
}

std::shared_ptr<Outcome> connectWith(bight_reactor *reactor, const std::string &endpoint,
                                     const bight_connect_options &options, Peer &peer)
{
    auto outcome = std::make_shared<Outcome>();

    outcome->deferred = bight_connect_with(reactor, endpoint.c_str(), &options, &peer);
    bight_deferred_both(outcome->deferred, finish, new Attempt{outcome});
    return outcome;
}

} // namespace conformance
