// The menus, which also define the shortcuts (docs/guides/demo.md lists them).
#include "window.h"

#include "switcher.h"

#include <QtCore/QLibraryInfo>
#include <QtGui/QActionGroup>
#include <QtGui/QShortcut>
#include <QtWidgets/QMenuBar>
#include <QtWidgets/QMessageBox>

namespace chat
{
namespace
{

constexpr int lastNumber = 9; // Alt+1 to Alt+9

} // namespace

void Window::buildMenus()
{
    buildChatMenu();
    buildConversationMenu();
    buildViewMenu();
    buildHelpMenu();
    for (int number = 1; number <= lastNumber; ++number) {
        auto *key = new QShortcut(QKeySequence(Qt::ALT | (Qt::Key_0 + number)), this);
        connect(key, &QShortcut::activated, this, [this, number] { m_channels->go(number - 1); });
    }
}

QAction *Window::add(QMenu *menu, const QString &text, const QString &keys,
                     const std::function<void()> &run)
{
    QAction *action = menu->addAction(text);

    action->setShortcut(QKeySequence::fromString(keys, QKeySequence::PortableText));
    connect(action, &QAction::triggered, this, run);
    return action;
}

void Window::buildChatMenu()
{
    QMenu *menu = menuBar()->addMenu(tr("&Chat"));

    add(menu, tr("&Connect…"), QStringLiteral("Ctrl+N"), [this] { askWhereTo(); });
    m_join =
        add(menu, tr("&Join a channel…"), QStringLiteral("Ctrl+J"), [this] { askForChannel(); });
    m_disconnect = add(menu, tr("&Disconnect"), {},
                       [this] { bight_irc_client_quit(m_session.client().session(), nullptr); });
    menu->addSeparator();
    add(menu, tr("&Quit"), QStringLiteral("Ctrl+Q"), [this] { leave(); });
    connect(menu, &QMenu::aboutToShow, this, [this] {
        m_join->setEnabled(m_session.client().state() == BIGHT_IRC_READY);
        m_disconnect->setEnabled(m_session.isOnline());
    });
    connect(menu, &QMenu::aboutToHide, this, [this] { m_join->setEnabled(true); });
}

void Window::buildConversationMenu()
{
    QMenu *menu = menuBar()->addMenu(tr("C&onversation"));

    add(menu, tr("&Go to…"), QStringLiteral("Ctrl+K"), [this] { openSwitcher(); });
    add(menu, tr("&Above"), QStringLiteral("Alt+Up"), [this] { m_channels->step(-1, false); });
    add(menu, tr("&Below"), QStringLiteral("Alt+Down"), [this] { m_channels->step(1, false); });
    add(menu, tr("Unread a&bove"), QStringLiteral("Alt+Shift+Up"),
        [this] { m_channels->step(-1, true); });
    add(menu, tr("Unread b&elow"), QStringLiteral("Alt+Shift+Down"),
        [this] { m_channels->step(1, true); });
    menu->addSeparator();
    m_leave = add(menu, tr("&Close"), QStringLiteral("Ctrl+W"),
                  [this] { m_session.chat().close(m_session.chat().current()); });
}

void Window::buildViewMenu()
{
    QMenu *menu = menuBar()->addMenu(tr("&View"));
    auto *colours = new QActionGroup(this);
    const std::pair<QString, Appearance> all[] = {{tr("As the &desktop"), Appearance::Desktop},
                                                  {tr("&Light"), Appearance::Light},
                                                  {tr("Dar&k"), Appearance::Dark}};

    m_showMembers = add(menu, tr("&Members"), QStringLiteral("F9"), [this] {
        m_wantMembers = m_showMembers->isChecked();
        m_memberPane->setVisible(m_wantMembers);
    });
    m_showMembers->setCheckable(true);
    m_showMembers->setChecked(true);
    menu->addSeparator();
    for (const auto &[text, appearance] : all) {
        QAction *action =
            add(menu, text, {}, [appearance = appearance] { setAppearance(appearance); });
        action->setCheckable(true);
        action->setActionGroup(colours);
    }
    colours->actions().constFirst()->setChecked(true);
    menu->addSeparator();
    add(menu, tr("&Next part"), QStringLiteral("F6"), [this] { moveBetweenParts(1); });
    add(menu, tr("&Previous part"), QStringLiteral("Shift+F6"), [this] { moveBetweenParts(-1); });
    add(menu, tr("&Entry"), QStringLiteral("Escape"), [this] { m_entry->setFocus(); });
}

void Window::buildHelpMenu()
{
    QMenu *menu = menuBar()->addMenu(tr("&Help"));

    add(menu, tr("&Commands"), QStringLiteral("F1"),
        [this] { showFailure(m_session.chat().enter(QStringLiteral("/help"))); });
    add(menu, tr("&Keys"), QStringLiteral("Ctrl+F1"), [this] { showKeys(); });
    menu->addSeparator();
    add(menu, tr("&About"), {}, [this] { showAbout(); });
}

void Window::askForChannel()
{
    ask(this, tr("Join a channel"), tr("&Channel:"), QStringLiteral("#"),
        [this](const QString &channel) { showFailure(m_session.chat().join(channelOf(channel))); });
}

void Window::askForNick(const QString &tried, const QString &why)
{
    ask(this, tr("Another nick"), tr("%1: %2\n&Nick:").arg(tried, why), tried + QLatin1Char('_'),
        [this](const QString &nick) {
            showFailure(m_session.chat().enter(QStringLiteral("/nick ") + nick));
        });
}

void Window::openSwitcher()
{
    (new Switcher(m_session.chat(), this))->open();
}

// Cycle from the list of conversations over the messages and the entry to the members.
void Window::moveBetweenParts(int steps)
{
    QList<QWidget *> parts = {m_channels, m_messages, m_entry};
    int at = 0;

    if (m_memberPane->isVisible())
        parts << m_members;
    for (int i = 0; i < parts.size(); ++i) {
        if (parts.at(i)->hasFocus())
            at = i;
    }
    const auto count = static_cast<int>(parts.size());
    parts.at((at + steps + count) % count)->setFocus(Qt::TabFocusReason);
}

void Window::showKeys()
{
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("Keys"), {}, QMessageBox::Ok, this);

    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::RichText);
    box->setText(tr("<table cellspacing=4>"
                    "<tr><td><b>Enter</b></td><td>says it, or runs the command</td></tr>"
                    "<tr><td><b>Shift+Enter</b></td><td>begins a new line</td></tr>"
                    "<tr><td><b>Up, Down</b></td><td>what was said before</td></tr>"
                    "<tr><td><b>Tab, Shift+Tab</b></td><td>complete a nick, channel or "
                    "command</td></tr>"
                    "<tr><td><b>Page Up, Page Down</b></td><td>scroll the messages</td></tr>"
                    "<tr><td><b>Alt+1 … Alt+9</b></td><td>a conversation by its place</td></tr>"
                    "<tr><td><b>Alt+Up, Alt+Down</b></td><td>the one above, the one below; with "
                    "Shift the unread ones</td></tr>"
                    "<tr><td><b>Ctrl+K</b></td><td>a conversation by a part of its name</td></tr>"
                    "<tr><td><b>F6</b></td><td>the next part of the window</td></tr>"
                    "<tr><td><b>Escape</b></td><td>back to the entry</td></tr>"
                    "</table>"));
    comeBack(box);
    box->open();
}

void Window::showAbout()
{
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("About"), tr("Bight Chat for Qt"),
                                QMessageBox::Ok, this);

    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setInformativeText(
        tr("A chat client whose network lives in the event loop of this window, on Qt %1. No "
           "thread was started for it.")
            .arg(QLibraryInfo::version().toString()));
    comeBack(box);
    box->open();
}

} // namespace chat
