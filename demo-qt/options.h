// The command line; docs/guides/demo.md describes it.
#ifndef BIGHT_DEMO_QT_OPTIONS_H
#define BIGHT_DEMO_QT_OPTIONS_H

#include "setup.h"
#include "theme.h"

#include <QtCore/QStringList>

namespace chat
{

struct Options {
    Setup setup;
    Appearance appearance = Appearance::Desktop;
    QString script, transcript, screenshot;
    bool countThreads = false;

    // Whether the command line names a target; else the dialog asks for one.
    bool isComplete() const
    {
        return !setup.connect.isEmpty() || !setup.host.isEmpty();
    }
};

// Ends the program for --help and --version, and with status 2 for an invalid option.
Options parseOptions(const QStringList &arguments);

} // namespace chat

#endif
