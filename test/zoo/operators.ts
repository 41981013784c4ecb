import { writeFileSync } from 'node:fs';

import { operatorsDocument } from '../support/operatorsDocument';

writeFileSync('docs/operators.md', operatorsDocument());
