# A StatusNotifierWatcher and a notification server on a session bus, for tests: tells what a program shows in the tray and what it
# notifies of, and clicks where it is told. One JSON object a line, in and out.
import asyncio
import json
import sys

from dbus_next import Message, MessageType, PropertyAccess, Variant
from dbus_next.aio import MessageBus
from dbus_next.service import ServiceInterface, dbus_property, method, signal

ITEM, MENU = 'org.kde.StatusNotifierItem', 'com.canonical.dbusmenu'


def say(**line):
    print(json.dumps(line), flush=True)


class Watcher(ServiceInterface):
    def __init__(self):
        super().__init__('org.kde.StatusNotifierWatcher')
        self.items = []
        self.sender = None

    @method()
    def RegisterStatusNotifierItem(self, service: 's'):
        item = (self.sender, service) if service.startswith('/') else (service, '/StatusNotifierItem')
        self.items.append(item)
        self.StatusNotifierItemRegistered(service)
        say(type='registered')

    @method()
    def RegisterStatusNotifierHost(self, service: 's'):
        pass

    @dbus_property(access=PropertyAccess.READ)
    def RegisteredStatusNotifierItems(self) -> 'as':
        return [service for _, service in self.items]

    @dbus_property(access=PropertyAccess.READ)
    def IsStatusNotifierHostRegistered(self) -> 'b':
        return True

    @dbus_property(access=PropertyAccess.READ)
    def ProtocolVersion(self) -> 'i':
        return 0

    @signal()
    def StatusNotifierItemRegistered(self, service) -> 's':
        return service

    @signal()
    def StatusNotifierHostRegistered(self):
        pass


class Notifications(ServiceInterface):
    def __init__(self):
        super().__init__('org.freedesktop.Notifications')
        self.last = 0

    @method()
    def Notify(self, app: 's', replaces: 'u', icon: 's', summary: 's', body: 's', actions: 'as', hints: 'a{sv}', timeout: 'i') -> 'u':
        self.last += 1
        say(type='notified', id=self.last, title=summary, body=body)
        return self.last

    @method()
    def CloseNotification(self, id: 'u'):
        pass

    @method()
    def GetCapabilities(self) -> 'as':
        return ['body', 'actions']

    @method()
    def GetServerInformation(self) -> 'ssss':
        return ['tests', 'tests', '1', '1.2']

    @signal()
    def ActionInvoked(self, id, action) -> 'us':
        return [id, action]

    @signal()
    def NotificationClosed(self, id, reason) -> 'uu':
        return [id, reason]


async def main():
    bus = await MessageBus().connect()
    watcher, notifications = Watcher(), Notifications()

    def note_sender(message):
        if message.member == 'RegisterStatusNotifierItem':
            watcher.sender = message.sender

    bus.add_message_handler(note_sender)
    bus.export('/StatusNotifierWatcher', watcher)
    bus.export('/org/freedesktop/Notifications', notifications)
    await bus.request_name('org.kde.StatusNotifierWatcher')
    await bus.request_name('org.freedesktop.Notifications')

    async def call(destination, path, interface, member, signature='', body=()):
        answer = await bus.call(Message(destination=destination, path=path, interface=interface, member=member, signature=signature, body=list(body)))
        if answer.message_type == MessageType.ERROR:
            raise RuntimeError(f'{answer.error_name} {answer.body}')
        return answer.body

    async def look():
        destination, path = watcher.items[-1]
        shown = (await call(destination, path, 'org.freedesktop.DBus.Properties', 'GetAll', 's', [ITEM]))[0]
        value = lambda name: shown[name].value if name in shown else None
        menu = value('Menu')
        entries = []
        if menu:
            def walk(node):
                number, properties, children = node
                properties = {name: variant.value for name, variant in properties.items()}
                if number != 0:
                    entries.append({'id': number, 'label': properties.get('label', ''), 'line': properties.get('type') == 'separator',
                                    'enabled': properties.get('enabled', True), 'checked': properties.get('toggle-state', -1) == 1})
                for child in children:
                    walk(child.value)

            walk((await call(destination, menu, MENU, 'GetLayout', 'iias', [0, -1, []]))[1])
        pixmaps = value('IconPixmap') or []
        pixmap = {'width': pixmaps[0][0], 'height': pixmaps[0][1], 'argb': bytes(pixmaps[0][2]).hex()} if pixmaps else None
        tooltip = value('ToolTip')
        return destination, path, menu, entries, pixmap, tooltip[2] if tooltip else value('Title')

    say(type='ready')
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        asked = json.loads(line)
        try:
            if asked['do'] == 'look':
                _, _, _, entries, pixmap, tooltip = await look()
                say(type='tray', menu=entries, icon=pixmap, tooltip=tooltip)
            elif asked['do'] == 'choose':
                destination, _, menu, entries, _, _ = await look()
                chosen = next(entry for entry in entries if entry['label'].replace('_', '') == asked['label'])
                try:
                    await call(destination, menu, MENU, 'Event', 'isvu', [chosen['id'], 'clicked', Variant('s', ''), 0])
                except RuntimeError as error:
                    if 'NoReply' not in str(error):  # it ended because of the choice
                        raise
                say(type='done')
            elif asked['do'] == 'click':
                destination, path = watcher.items[-1]
                await call(destination, path, ITEM, 'Activate', 'ii', [0, 0])
                say(type='done')
            elif asked['do'] == 'clickNotification':
                notifications.ActionInvoked(asked['id'], 'default')
                say(type='done')
        except Exception as error:  # noqa: BLE001 (whatever it was, the test is told)
            say(type='failed', message=str(error))


asyncio.run(main())
