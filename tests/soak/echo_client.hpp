// The connecting side.
#ifndef BIGHT_TESTS_SOAK_ECHO_CLIENT_HPP
#define BIGHT_TESTS_SOAK_ECHO_CLIENT_HPP

#include "soak/echo.hpp"
#include "soak/echo_server.hpp"

#include <cstdint>

namespace soak
{

enum class Ending {
    HalfClose, // shut down after the last byte, and wait for the rest and the end
    Complete,  // close when all has come back
    Close,     // close in the middle
    Abort,     // break off in the middle
    Free,      // break off and forget in the middle
    Broken,    // the server breaks off
};

enum class Way { Tcp, Unix, Pair, Proxy };

// All that is drawn for one connection.
struct Plan {
    Way way;
    Ending ending;
    uint64_t total;   // bytes to send, with the head
    uint64_t endAt;   // of those that come back, for the endings in the middle
    uint64_t piece;   // the largest write
    uint64_t gap;     // nanoseconds between bursts
    uint64_t stallAt; // read nothing for a while when so many have come
    uint64_t stall;
    uint64_t chunk;       // of a pair
    uint64_t cancelAfter; // give the attempt to connect up; BIGHT_NEVER for not
    Head head;
};

Plan drawPlan(Random &random, bool proxy);

class Client : public bight_protocol
{
  public:
    Client(Echo &echo, const Plan &plan, bool lossy);
    ~Client();
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;

    void connect(const std::string &endpoint);
    void connectToPair();

    // Called now and then: whether it moves. `giveUp` breaks off what goes through the proxy.
    void look(bool giveUp);

    // For the callbacks.
    World &world()
    {
        return echo_.world();
    }
    void connected(bight_transport *transport);
    void received(const uint8_t *bytes, size_t size);
    void ended();
    void drained();
    void closed(const bight_error *reason);
    void failed(const bight_error *error);

  private:
    void pump();
    size_t sendPiece();
    void fill(uint8_t *bytes, size_t size) const;
    void verify(const uint8_t *bytes, size_t size);
    bool breakOff();
    void stall();
    bool mayFail() const;

    Echo &echo_;
    Plan plan_;
    bool lossy_, cutShort_ = false, shutDown_ = false, ended_ = false;
    bight_transport *transport_ = nullptr;
    bight_deferred *attempt_ = nullptr;
    uint64_t begun_, sent_ = 0, received_ = 0, moved_ = 0, movedAt_;
    conformance::Timer pace_, rest_;
    std::unique_ptr<conformance::Timer> giveUp_;
};

} // namespace soak

#endif
