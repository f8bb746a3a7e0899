/** Function words that tell languages apart, folded (without accents). Words that are English too are left out of the foreign list. */

export const ENGLISH_WORDS: ReadonlySet<string> = new Set(
  `the of and to in a is was that for it as with on by at from this be are were his her their which have has had not or an but they he she its
  who been will would can`
    .trim()
    .split(/\s+/),
);

export const FOREIGN_WORDS: ReadonlySet<string> = new Set(
  `el la los las una unos del que por para con como pero mas esta este fue sus sobre entre tambien y en se lo
  le les des une est dans pour qui sur pas avec ce cette sont par au aux et ou mais plus nous vous ils elle ete
  der das und ist nicht von mit den dem ein eine einer fur auf sich auch bei nach wird sind wurde zu im
  il gli che di della dei nel sono alla questo anche
  os uma nao na dos em mais foi ao pela
  het een van dat niet zijn voor met aan ook naar maar wordt
  och att det som av till inte ett
  nie jest sie ze oraz w z`
    .trim()
    .split(/\s+/),
);
