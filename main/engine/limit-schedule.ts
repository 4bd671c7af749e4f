// Decides which of the two sets of limits holds now: the usual one or the alternative ("turtle") one.

export interface LimitSchedule {
  on: boolean;
  /** Minutes after midnight, local time. From equal to to means the whole day; from after to runs over midnight. */
  fromMinute: number;
  toMinute: number;
  /** 0 is Sunday; the day on which a stretch over midnight begins counts. */
  days: readonly number[];
}

export interface Limits {
  downBytesPerSecond: number | null;
  upBytesPerSecond: number | null;
}

/** Whether the schedule holds at a moment of local time. */
export function scheduleHolds(schedule: LimitSchedule, now: Date): boolean {
  if (!schedule.on) return false;
  const minute = now.getHours() * 60 + now.getMinutes();
  const today = now.getDay();
  const { fromMinute: from, toMinute: to, days } = schedule;
  if (from === to) return days.includes(today);
  if (from < to) return days.includes(today) && minute >= from && minute < to;
  if (minute >= from) return days.includes(today);
  return minute < to && days.includes((today + 6) % 7);
}

/** The limits in force and whether they are the alternative ones. */
export function limitsNow(
  usual: Limits,
  turtle: Limits & { on: boolean; schedule: LimitSchedule },
  now: Date,
): Limits & { turtleActive: boolean } {
  const turtleActive = turtle.on || scheduleHolds(turtle.schedule, now);
  const { downBytesPerSecond, upBytesPerSecond } = turtleActive ? turtle : usual;
  return { downBytesPerSecond, upBytesPerSecond, turtleActive };
}
