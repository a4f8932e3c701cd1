import type { Id, Mailbox } from '../jmap/types.ts';
import { move, targets } from '../state/actions.ts';
import { selected } from '../state/selection.ts';
import { mailboxName, t } from '../text/text.ts';

/** Lines of the list can be dragged onto a mailbox. */
const TYPE = 'application/x-cartero-messages';

export function dragOf(id: Id): { draggable: true; onDragStart: (event: DragEvent) => void } {
  return {
    draggable: true,
    onDragStart: (event) => {
      const ids = selected.value.has(id) ? targets(id) : [id];
      event.dataTransfer?.setData(TYPE, JSON.stringify(ids));
      if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move';
    },
  };
}

export function dropOn(mailbox: Mailbox) {
  const isOurs = (event: DragEvent): boolean => event.dataTransfer?.types.includes(TYPE) ?? false;
  const mark = (event: DragEvent, on: boolean): void => {
    (event.currentTarget as HTMLElement).classList.toggle('dropping', on);
  };
  return {
    onDragOver: (event: DragEvent) => {
      if (!isOurs(event)) return;
      event.preventDefault();
      mark(event, true);
    },
    onDragLeave: (event: DragEvent) => mark(event, false),
    onDrop: (event: DragEvent) => {
      mark(event, false);
      if (!isOurs(event)) return;
      event.preventDefault();
      const ids = JSON.parse(event.dataTransfer?.getData(TYPE) ?? '[]') as Id[];
      void move(ids, mailbox, t().moved(ids.length, mailboxName(mailbox)));
    },
  };
}
