/* Lets sources that are not Qt's run while the network is saturated. */
#ifndef BIGHTI_QT_CONCESSION_HPP
#define BIGHTI_QT_CONCESSION_HPP

#include <bight/reactor.h>

#include <memory>

class QSocketNotifier;

namespace bighti
{

/* Yields by switching off the notifier, which must outlive it. Does nothing on a loop without
 * sources below the notifier: see concession.cpp and concession_none.cpp. */
class Concession
{
  public:
    explicit Concession(QSocketNotifier &notifier);
    ~Concession();

    /* Whether other sources get the loop instead of the reactor's next turn. */
    bool takes();

    /* The reactor has had a turn. */
    void dispatched(bight_turn turn);

    /* Switch the notifier on again if it was switched off. */
    void end();

  private:
    struct Loop;
    std::unique_ptr<Loop> m_loop; /* null where there is nothing to do */
};

} // namespace bighti

#endif
