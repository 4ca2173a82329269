/* For builds without GLib: Qt's own dispatcher serves all of Qt's sources in each pass, and has no
 * others. */
#include "concession.hpp"

namespace bighti
{

struct Concession::Loop {
};

Concession::Concession(QSocketNotifier &) {}

Concession::~Concession() = default;

bool Concession::takes()
{
    return false;
}

void Concession::dispatched(bight_turn) {}

void Concession::end() {}

} // namespace bighti
