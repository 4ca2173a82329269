// A server of lines, out of sessions. It keeps what it is told and answers as it is asked to.
#ifndef BIGHT_TESTS_ADAPTERS_LINE_SERVER_HPP
#define BIGHT_TESTS_ADAPTERS_LINE_SERVER_HPP

#include <bight/endpoint.h>
#include <bight/line.h>
#include <bight/tls.h>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace conformance
{

class LineServer
{
  public:
    // One connection. It is forgotten when it has ended.
    struct Guest {
        LineServer *server;
        bight_line_session *session = nullptr;
        bool secured = false;

        void say(const std::string &line);
        void close();
    };

    explicit LineServer(bight_reactor *reactor, const std::string &endpoint = "tcp:127.0.0.1:0");
    ~LineServer();
    LineServer(const LineServer &) = delete;
    LineServer &operator=(const LineServer &) = delete;

    std::string endpoint() const
    {
        return endpoint_;
    }
    // Nobody can connect any more; who is there stays.
    void stopListening();
    // Listens again where it did.
    void listenAgain();
    // The only or the first guest; NULL without one.
    Guest *guest()
    {
        return guests.empty() ? nullptr : guests.front().get();
    }

    std::function<void(Guest &)> onConnected;
    std::function<void(Guest &, const std::string &)> onLine;
    std::vector<std::string> lines; // all that were received
    std::list<std::unique_ptr<Guest>> guests;
    unsigned accepted = 0;
    bight_tls *tls = nullptr; // for a guest that says STARTTLS; borrowed

  private:
    friend struct GuestCallbacks;
    void listen(const std::string &endpoint);

    bight_reactor *reactor_;
    bight_listener *listener_ = nullptr;
    std::string endpoint_;
};

} // namespace conformance

#endif
