// Writes down what a client session tells, one line an event, so that a test reads as a protocol.
#ifndef BIGHT_TESTS_PROTOCOLS_IRC_CLIENT_RECORDER_HPP
#define BIGHT_TESTS_PROTOCOLS_IRC_CLIENT_RECORDER_HPP

#include <bight/irc_client.h>

#include <functional>
#include <string>
#include <vector>

namespace irc
{

using Lines = std::vector<std::string>;

// "ada!a@host", with "(self)" or "(server)" behind it.
std::string describe(const bight_irc_source &source);

// Give `events`, and a pointer to this as data, to bight_irc_client_new().
class Recorder
{
  public:
    static const bight_irc_client_events events;

    // What was told since the last call.
    Lines told();
    // Whether this was told since then.
    bool saw(const std::string &event) const;
    // The same for one that begins like this.
    bool sawStart(const std::string &start) const;

    // Called with each event as it is written down.
    std::function<void(const std::string &)> onEvent;
    // Write down the lines of the protocol too.
    bool logLines = false;
    int64_t lastTime = 0; // of the last words
    // Of the last reason of a state.
    bight_status lastStatus = BIGHT_OK;
    std::string lastDomain;
    int lastCode = 0;

    void tell(const std::string &event);

  private:
    Lines told_;
};

} // namespace irc

#endif
