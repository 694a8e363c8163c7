// The places of the rail, in order, with the letter that goes there after g.
import type { IconName } from "./components/icons";

export interface RailPlace {
  name: string;
  href: string;
  icon: IconName;
  letter: string;
  /** First path parts that belong to the place. */
  sections: readonly string[];
}

export const places: readonly RailPlace[] = [
  { name: "Now", href: "/", icon: "now", letter: "n", sections: [""] },
  { name: "SQL", href: "/sql", icon: "sql", letter: "s", sections: ["sql"] },
  { name: "Data", href: "/data", icon: "data", letter: "d", sections: ["data"] },
  { name: "Runs", href: "/experiments", icon: "runs", letter: "r", sections: ["experiments", "runs", "compare"] },
  { name: "Models", href: "/models", icon: "models", letter: "m", sections: ["models"] },
  { name: "Endpoints", href: "/endpoints", icon: "endpoints", letter: "e", sections: ["endpoints"] },
  { name: "Compute", href: "/compute", icon: "compute", letter: "c", sections: ["compute"] },
];
