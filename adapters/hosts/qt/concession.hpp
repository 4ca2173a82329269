/* How the Qt host lets sources that are not Qt's run while the network is saturated. */
#ifndef BIGHTI_QT_CONCESSION_HPP
#define BIGHTI_QT_CONCESSION_HPP

#include <bight/reactor.h>

#include <memory>

class QSocketNotifier;

namespace bighti
{

/* Steps aside by switching off the notifier, which has to outlive it. Does nothing on a loop where
 * no source comes after the notifier: see concession.cpp and concession_none.cpp. */
class Concession
{
  public:
    explicit Concession(QSocketNotifier &notifier);
    ~Concession();

    /* Whether the others are to have the loop instead of the reactor's next turn. */
    bool takes();

    /* The reactor has had a turn. */
    void dispatched(bight_turn turn);

    /* Watch again, if this has stepped aside. */
    void end();

  private:
    struct Loop;
    std::unique_ptr<Loop> m_loop; /* null where there is nothing to do */
};

} // namespace bighti

#endif
