// Addresses for the player: not to be guessed, the same for the same file, and not without end.
import { describe, expect, it } from 'vitest';
import { MediaTickets } from '../../../main/media/media-tickets.ts';

describe('tickets for files', () => {
  it('stand for one file of one package, and only here', () => {
    const tickets = new MediaTickets();
    const ticket = tickets.issue({ id: 'com.example.event', index: 3 });
    expect(ticket).toMatch(/^[\w-]{22}$/);
    expect(tickets.find(ticket)).toEqual({ id: 'com.example.event', index: 3 });
    expect(tickets.issue({ id: 'com.example.event', index: 3 })).toBe(ticket);
    expect(tickets.issue({ id: 'com.example.event', index: 4 })).not.toBe(ticket);
    expect(new MediaTickets().issue({ id: 'com.example.event', index: 3 })).not.toBe(ticket);
    for (const other of ['', 'constructor', '__proto__', ticket.slice(1), `${ticket}/`, '../x']) expect(tickets.find(other)).toBeNull();
  });

  it('are at most a thousand: the one not used for longest goes, and the file gets another', () => {
    const tickets = new MediaTickets();
    const used = tickets.issue({ id: 'a', index: 0 });
    const unused = tickets.issue({ id: 'a', index: 1 });
    for (let index = 2; index < 1_500; index += 1) {
      tickets.issue({ id: 'a', index });
      expect(tickets.find(used)).not.toBeNull();
    }
    expect(tickets.find(unused)).toBeNull();
    const anew = tickets.issue({ id: 'a', index: 1 });
    expect(anew).not.toBe(unused);
    expect(tickets.find(anew)).toEqual({ id: 'a', index: 1 });
  });
});
